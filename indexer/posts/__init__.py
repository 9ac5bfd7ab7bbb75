"""Lists of links to an artist's own posts: which pictures do they show now, since when, and where?"""
