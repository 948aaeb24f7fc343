"""Running a client with a clean environment and a time limit."""

import os
import signal
import subprocess

TIMEOUT = 60
# Clients also call home, for news, statistics and updates. Nothing listens on this port, so that fails at once.
NOWHERE = "http://127.0.0.1:9"
OFFLINE = {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "NO_PROXY": "127.0.0.1,localhost"}


def run(command, env, cwd, stdin="", timeout=TIMEOUT):
    """(exit code, stdout, stderr). None of the caller's environment but PATH is passed on: a developer's own
    ANTHROPIC_* or proxy settings must not leak into a test."""
    child = subprocess.Popen(
        [str(part) for part in command],
        env={**OFFLINE, "PATH": os.environ["PATH"], "HOME": str(cwd), **env},
        cwd=cwd,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = child.communicate(stdin, timeout)
    except subprocess.TimeoutExpired:
        # Its own session, so that helpers it started end with it.
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise AssertionError(f"no end within {timeout} s") from None
    return child.returncode, out, err
