"""Models are built one at a time.

`from_pretrained` of transformers 5 replaces methods of its base class while it builds, `tie_weights` among them, for
the whole process. A model that another thread builds meanwhile is left with an output layer of its own: without
storage (an error), or with random weights (nobody notices).
"""

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

_building = RLock()


def one_at_a_time(function: Function) -> Function:
    """Wait while another thread is in any function that is decorated like this."""

    @wraps(function)
    def waiting(*args: Any, **kwargs: Any) -> Any:
        with _building:
            return function(*args, **kwargs)

    return cast(Function, waiting)
