"""Do the bans see what they are there to see, and nothing else?"""

import pytest

from tests.architecture import bans


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import cloudpickle as cp",
        "x = eval('1')",
        "run = exec",
        "import builtins\nbuiltins.eval('1')",
        "import yaml as y\ny.unsafe_load(text)",
        "from yaml import FullLoader",
    ],
)
def test_running_what_is_read_is_seen(source: str) -> None:
    assert bans.uses_of(source, bans.RUNS_WHAT_IT_READS) != []


@pytest.mark.parametrize(
    "source",
    [
        "'pickle, eval(x), exec(y)'",
        "# import pickle",
        "import re\nre.compile('eval')",
        "model.eval()",
        "import yaml\nyaml.safe_load(text)",
        "evaluate(1)",
    ],
)
def test_words_and_other_names_are_no_finding(source: str) -> None:
    assert bans.uses_of(source, bans.RUNS_WHAT_IT_READS) == []


@pytest.mark.parametrize(
    "source",
    [
        "import yaml\nyaml.load(text)",
        "import yaml\nyaml.load(text, yaml.Loader)",
        "from yaml import load as read\nread(text, Loader=Other)",
        "import yaml\nclass Mine(yaml.Loader): ...\nyaml.load(text, Loader=Mine)",
        "import yaml\nyaml.load(SafeLoader)",
    ],
)
def test_an_unsafe_yaml_load_is_seen(source: str) -> None:
    assert bans.unsafe_yaml_loads(source) != []


@pytest.mark.parametrize(
    "source",
    [
        "import yaml\nyaml.load(text, Loader=yaml.SafeLoader)",
        "import yaml\nyaml.load(text, yaml.CSafeLoader)",
        "from yaml import SafeLoader, load\nclass Mine(SafeLoader): ...\nload(text, Loader=Mine)",
        "import json\njson.load(file)",
    ],
)
def test_a_safe_yaml_load_is_no_finding(source: str) -> None:
    assert bans.unsafe_yaml_loads(source) == []


@pytest.mark.parametrize("value", ["True", "flag"])
def test_numpy_may_not_be_allowed_to_unpickle(value: str) -> None:
    assert bans.pickled_arrays(f"np.load(path, allow_pickle={value})") != []
    assert bans.pickled_arrays("np.load(path, allow_pickle=False)") == []


@pytest.mark.parametrize(
    "clause",
    ["except:", "except Exception:", "except (OSError, Exception) as e:", "except BaseException:"],
)
def test_catching_everything_is_seen(clause: str) -> None:
    assert bans.catch_alls(f"try:\n    f()\n{clause}\n    pass") != []


def test_suppressing_everything_is_seen() -> None:
    assert bans.catch_alls("import contextlib\nwith contextlib.suppress(Exception): f()") != []


def test_catching_a_named_error_is_no_finding() -> None:
    assert bans.catch_alls("try:\n    f()\nexcept (OSError, ValueError):\n    raise") == []


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.time()",
        "from time import time as clock\nclock()",
        "from datetime import datetime as dt\ndt.now(UTC)",
        "import datetime as d\nd.datetime.utcnow()",
        "from datetime import date\ndate.today()",
        "import os\nos.environ['HOME']",
        "from os import environ",
        "import os\nos.environ.get('HOME')",
    ],
)
def test_reading_the_clock_or_the_environment_is_seen(source: str) -> None:
    assert bans.uses_of(source, bans.CLOCK_AND_ENVIRONMENT) != []


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.perf_counter()",
        "from datetime import datetime\ndatetime.fromisoformat(text)",
        "import os\nos.fsync(handle)",
        "self.clock.now()",
    ],
)
def test_durations_files_and_given_clocks_are_no_finding(source: str) -> None:
    assert bans.uses_of(source, bans.CLOCK_AND_ENVIRONMENT) == []


@pytest.mark.parametrize(
    "source", ["import random", "from random import Random", "import uuid\nuuid.uuid4()"]
)
def test_chance_is_seen(source: str) -> None:
    assert bans.uses_of(source, bans.RANDOMNESS) != []


def test_an_argument_of_that_name_is_no_chance() -> None:
    assert bans.uses_of("def draw(random): return random.choice", bans.RANDOMNESS) == []


def test_a_derived_id_is_no_chance() -> None:
    assert bans.uses_of("import uuid\nuuid.uuid5(NS, name)", bans.RANDOMNESS) == []


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.rand(3)",
        "import numpy as np\nnp.random.default_rng()",
        "from numpy.random import default_rng\ndefault_rng()",
        "import numpy as np\nmake = np.random.default_rng",
    ],
)
def test_unseeded_numpy_is_seen(source: str) -> None:
    assert bans.unseeded_numpy(source) != []


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.default_rng(seed)",
        "import numpy as np\nnp.random.Generator(np.random.Philox(key=7))",
        "import numpy as np\ndef f(rng: np.random.Generator) -> None: ...",
    ],
)
def test_seeded_numpy_is_no_finding(source: str) -> None:
    assert bans.unseeded_numpy(source) == []
