"""The request loop every Python engine shares.

One JSON request per input line: {"id", "op", ...}. One JSON reply per request: {"id", "ok": true, ...}, followed by
exactly `rows` further lines when the reply has a `rows` count. A failure replies {"id", "ok": false, "error",
"unsupported"}; `unsupported` is true only where the engine itself says that it does not implement something.
Standard output belongs to the protocol: anything a library prints is sent to standard error.
"""

import json
import os
import sys
import traceback


class Unsupported(Exception):
    """The engine refuses because it does not implement what the table needs."""


def serve(operations):
    """Answers requests with `operations[op](request)` until the input ends.

    An operation returns a dict (merged into the reply) or a list or iterator of JSON texts (sent as rows).
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1 << 20)
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        reply = {"id": request["id"]}
        lines = []
        try:
            result = operations[request["op"]](request)
            if isinstance(result, dict):
                reply |= {"ok": True} | result
            else:
                lines = list(result)
                reply |= {"ok": True, "rows": len(lines)}
        except Unsupported as error:
            reply |= {"ok": False, "error": f"{type(error).__name__}: {error}", "unsupported": True}
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            reply |= {"ok": False, "error": f"{type(error).__name__}: {brief(error)}", "unsupported": False}
        out.write(json.dumps(reply) + "\n")
        for text in lines:
            out.write(text + "\n")
        out.flush()


def brief(error):
    """The message without the native stack trace that DuckDB and Spark add."""
    return str(error).split("Stack Trace:")[0].split("JVM stacktrace:")[0].strip()[:2000]
