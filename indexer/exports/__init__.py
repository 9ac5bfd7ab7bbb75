"""Archives of an artist's account on a platform: which pictures are in them, as published, where and when first."""
