"""The command line has the magics' options under the same names, and says plainly what it does not take."""

from __future__ import annotations

import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.cli.parser import build
from jupyter_mlops.views.verbs import verb

SAME = [
    (("model", "register", "-n", "m", "-p", "x"), "register_model"),
    (("model", "deploy", "-n", "s"), "deploy"),
    (("service", "update", "-n", "s"), "update_service"),
    (("image", "build", "-n", "i"), "build_image"),
    (("model", "list"), "models"),
    (("image", "list"), "images"),
    (("service", "list"), "services"),
]


@pytest.mark.parametrize(("command", "magic"), SAME, ids=[magic for _, magic in SAME])
def test_a_command_takes_every_option_of_the_magic_that_does_the_same(command: tuple[str, ...], magic: str) -> None:
    options = vars(build().parse_args(command))
    wanted = {option.key for option in verb(magic).options if option.kind not in ("expression", "thing")}
    assert wanted - options.keys() == set()


def test_azures_spellings_stand_beside_ours() -> None:
    ours = "--name s --model m --inference-config-file i --deploy-config-file d --target t"
    azures = "-n s -m m -ic i -dc d -ct t"
    ours_read, azures_read = (build().parse_args(["model", "deploy", *line.split()]) for line in (ours, azures))
    assert vars(ours_read) == vars(azures_read)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model", "show", "--nam", "m"], "required: --model-id"),
        (["model", "list", "--name", "a", "--name", "b"], "--name is given twice"),
        (["model", "register", "-n", "m", "-p", "x", "--tag", "novalue"], "--tag/-t: takes KEY=VALUE, not 'novalue'"),
        (["model", "registre"], "invalid choice"),
        (["service", "run", "-n", "s"], "required: --input-data"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert told.count("\n") == 1


def test_what_is_not_there_is_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "show", "-n", "nobody"]) == 3
    assert "nobody" in capsys.readouterr().err
