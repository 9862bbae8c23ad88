"""What parsedmarc makes of a file, as JSON."""

import json
import sys

import parsedmarc

print(json.dumps(parsedmarc.parse_report_file(sys.argv[1], offline=True)["report"], default=str))
