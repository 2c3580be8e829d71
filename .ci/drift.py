"""Whether the front end's generated types are what the API's description says: regenerate and compare."""

import subprocess
import sys
import tempfile
from pathlib import Path

SCHEMA = Path("web/shared/api/openapi.json")
TYPES = Path("web/shared/api/schema.d.ts")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / TYPES.name
        subprocess.run(
            ["npx", "--no-install", "openapi-typescript", str(SCHEMA), "-o", str(fresh)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        if not TYPES.is_file() or TYPES.read_bytes() != fresh.read_bytes():
            sys.stderr.write(f"{TYPES} is not what {SCHEMA} says: run `npm run api`\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
