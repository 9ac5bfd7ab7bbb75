# SPDX-License-Identifier: GPL-3.0-or-later
"""Of what space the vectors of a service are, by the user's word and by their dimension; nothing is guessed."""

from indexer.core.errors import InputProblem, ModelProblem
from indexer.fingerprints.clip_models import KNOWN, ClipSpace, find_model, is_known_name


def declared_space(pair: str | None, dimension: int) -> ClipSpace:
    """The space of a service for which the user wrote `#model=MODEL,TAG`.

    A pair that this program does not know is taken at its word: its weights may lie beside a description.

    Args:
        pair: None when the user wrote none.
        dimension: numbers in each of the service's vectors.

    Raises:
        InputProblem: it is not said, or cannot be; `because` is written to follow "not searched, because".
    """
    if pair is None:
        because = "the service does not name its model; write it as #model=MODEL,TAG"
        raise InputProblem("model", f"{because}; {_likely_models(dimension)}")
    model, _, tag = (part.strip() for part in pair.partition(","))
    if not tag or is_known_name(model):
        try:
            said = find_model(pair)
        except ModelProblem as problem:
            raise InputProblem("model", f"of the model {pair} that you wrote, {problem.because}") from problem
        if said.dimension != dimension:
            because = f"the model that you wrote, {said.name}, gives vectors of {said.dimension} numbers"
            raise InputProblem("model", f"{because}; {_likely_models(dimension)}")
    return ClipSpace(model, tag, dimension)


def _likely_models(dimension: int) -> str:
    names = [model.name for model in KNOWN if model.dimension == dimension]
    have = (
        f"which {' and '.join(names)} {'has' if len(names) == 1 else 'have'} too" if names else "as no known model has"
    )
    return f"its vectors have {dimension} numbers, {have}"
