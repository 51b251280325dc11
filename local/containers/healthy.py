"""A container's health check: `healthy.py URL [JOB]` fails unless the page answers, and reports that job as healthy.

The job is a key of Airflow's health page, such as `scheduler`. Standard library only, since it runs every few seconds.
"""

import json
import sys
import urllib.request


def main(url: str, job: str = "") -> None:
    """Ask once.

    Raises:
        OSError: The server does not answer, or with an error.
        SystemExit: The job is not healthy.
    """
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (the compose file's own address)
        body = answer.read()
    if job and json.loads(body)[job]["status"] != "healthy":
        sys.exit(f"{job}: {body.decode(errors='replace')}")


if __name__ == "__main__":
    main(*sys.argv[1:])
