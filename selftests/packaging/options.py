# SPDX-License-Identifier: GPL-2.0-or-later
"""What --help, manual page and completion of a command say of its options."""
import pathlib
import re
import shlex
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = {"tsmc-agent": TOP / "build" / "tsmc-agent",
            "tsmcctl": TOP / "build" / "guest-bin" / "tsmcctl",
            "tsmc-wait": TOP / "build" / "guest-bin" / "tsmc-wait"}
OPTION = r"--?[a-z][a-z-]*"
LIMIT_S = 20


def ask(command, *words):
    """Status, standard output and standard error of a command that is run with words."""
    done = subprocess.run([PROGRAMS[command], *words], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=LIMIT_S, check=False)
    return done.returncode, done.stdout, done.stderr


def helped(command, verb=None):
    """Options and verbs that --help tells of; it is an option that needs no mention."""
    words = [verb, "--help"] if verb else ["--help"]
    status, text, _ = ask(command, *words)
    if status or not text:
        raise AssertionError(f"{command} {' '.join(words)} ends with {status} and says '{text}'")
    usage, _, rest = text.partition("\n\n")
    options = set(re.findall(rf"(?<![\w-]){OPTION}", usage))
    options |= set(re.findall(rf"^  ({OPTION})", rest, re.M))
    names = set() if verb else set(re.findall(r"^  ([a-z]+) ", rest, re.M))
    return options | {"--help"}, names


class Page:
    """A manual page in mdoc."""

    def __init__(self, command):
        text = (TOP / "Documentation" / f"{command}.8").read_text()
        self.sections = dict(re.findall(r"^\.Sh ([A-Z ]+)\n(.*?)(?=^\.Sh |\Z)", text, re.M | re.S))
        self.synopsis = [part for part in self.sections["SYNOPSIS"].split(".Nm\n") if part]
        self.verbs = dict(re.findall(r"^\.Ss ([a-z]+)\b[^\n]*\n(.*?)(?=^\.Ss |\Z)",
                                     self.sections.get("VERBS", ""), re.M | re.S))

    @staticmethod
    def flags(text):
        """Options in mdoc's words: 'Fl s' is -s, 'Fl -tls' is --tls."""
        return {f"-{name}" for name in re.findall(r"\bFl (-?[a-z][a-z-]*)", text)}

    def shown(self, verb=None):
        """Options of the synopsis, of the command itself or of a verb."""
        found = set()
        for part in self.synopsis:
            before, _, after = part.partition("Cm ")
            if "Op Ar verb" in part or not self.verbs:
                found |= self.flags(part)
            elif not verb:
                found |= self.flags(before)
            elif re.match(rf"{verb}\b", after):
                found |= self.flags(after)
        return found

    def general(self):
        """Options that are explained before any verb."""
        return self.flags(self.sections["DESCRIPTION"])

    def items(self, verb):
        """Options that are explained with a verb."""
        lines = re.findall(r"^\.It (Fl .*)$", self.verbs[verb], re.M)
        return set().union(*map(self.flags, lines))

    def names(self):
        """Verbs; without any, the words of which the command takes one."""
        return set(self.verbs) or set(re.findall(r"^\.It Cm ([a-z]+)$",
                                                 self.sections["DESCRIPTION"], re.M))


def completed(command, *words, path=""):
    """What bash offers for the last of words; path has commands that it finds first."""
    line = shlex.join([command, *words])
    script = (f"PATH={shlex.quote(path)}:$PATH && source {TOP}/tools/completion/{command} && "
              f"COMP_WORDS=({line}) COMP_CWORD={len(words)} && "
              "$(complete -p " + command + " | sed 's/.*-F \\([^ ]*\\) .*/\\1/') && "
              "printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                          timeout=LIMIT_S, check=False)
    if done.stderr:
        raise AssertionError(f"completion of '{line}' says: {done.stderr}")
    return set(done.stdout.split())
