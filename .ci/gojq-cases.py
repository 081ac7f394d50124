"""Turns gojq's cli/test.yaml into jq's own test format, with libjq's answers: `gojq-cases.py TEST_YAML`, to the standard output.

One program and one input per case. Left out is what needs more than a program and an input, what libjq refuses or does not
end, and what holds NaN or -0, which the format cannot tell from null and 0. Needs the packages `jq` and `PyYAML`.
"""

import json
import os
import sys

import jq
import yaml

# Options that change how outputs are written, and not what they are.
HARMLESS = {"-c", "--compact-output", "-r", "--raw-output", "-n", "--null-input", "-M", "--monochrome-output", "--indent=0"}
SECONDS = 5
OUTPUTS = 10_000


def program_of(case):
    """The program and whether its input is null; none when the case needs anything else."""
    words = [str(word) for word in case.get("args", [])]
    options = [word for word in words if word.startswith("-") and len(word) > 1 and not word[1].isdigit() and word[1] not in ".([\"$ "]
    programs = [word for word in words if word not in options]
    if len(programs) != 1 or any(option not in HARMLESS for option in options) or case.get("env"):
        return None
    null = "-n" in options or "--null-input" in options
    program = programs[0].strip()
    if "\n" in program:
        if "#" in program:
            return None
        program = " ".join(line.strip() for line in program.splitlines())
    return (program, null) if program and program[0] not in "#%" else None


def first_input(text):
    """The first JSON text of an input, as it is written."""
    text = text.lstrip()
    _, end = json.JSONDecoder().raw_decode(text)
    return text[:end].replace("\n", " ")


def is_told(program, text):
    """Whether every number among the outputs can be told in the format."""
    numbers = "[(" + program + "\n) | .. | numbers | select(isnan or tostring == \"-0\")] | length"
    return jq.compile(numbers).input_text(text).first() == 0


def answers(program, text):
    """libjq's outputs as JSON texts, from a child that is ended when it takes too long; none when it fails."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        import signal

        signal.alarm(SECONDS)
        lines = []
        try:
            for output in jq.compile("(" + program + "\n) | tojson").input_text(text):
                lines.append(output)
                if len(lines) > OUTPUTS:
                    os._exit(1)
            if not is_told(program, text):
                os._exit(1)
        except Exception:
            os._exit(1)
        with os.fdopen(writing, "w") as pipe:
            pipe.write(json.dumps(lines))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(told) if status == 0 and told else None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = yaml.safe_load(file)
    for case in cases:
        found = program_of(case)
        if found is None:
            continue
        program, null = found
        try:
            text = "null" if null else first_input(case.get("input", ""))
        except ValueError:
            continue
        outputs = answers(program, text)
        if outputs is None:
            continue
        print(program)
        print(text)
        for output in outputs:
            print(output)
        print()


main()
