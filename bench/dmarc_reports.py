"""
Time and memory of `mailproof dmarc reports` over a folder of reports.

`python bench/dmarc_reports.py [REPORTS [RECORDS]]`: 1,000 reports of 50 records each without arguments.
"""

import gzip
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BEGIN_S, DAY_S = 1_795_737_600, 86_400
RECORD = (
    "<record><row><source_ip>192.0.{0}.{1}</source_ip><count>{1}</count><policy_evaluated><disposition>none</disposition>"
    "<dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from>"
    "</identifiers><auth_results><dkim><domain>example.com</domain><selector>t1</selector><result>pass</result></dkim>"
    "<spf><domain>bounce.example.com</domain><result>pass</result></spf></auth_results></record>"
)
REPORT = (
    "<feedback><report_metadata><org_name>r{0}.example</org_name><email>d@r.example</email><report_id>{1}</report_id>"
    "<date_range><begin>{2}</begin><end>{3}</end></date_range></report_metadata><policy_published>"
    "<domain>example.com</domain><p>none</p></policy_published>{4}</feedback>"
)


def main() -> None:
    reports, records = (int(text) for text in (sys.argv[1:3] + ["1000", "50"][len(sys.argv) - 1 :])[:2])
    with tempfile.TemporaryDirectory() as folder:
        for number in range(reports):
            rows = "".join(RECORD.format(number % 256, row % 256) for row in range(records))
            begin = BEGIN_S - number // 10 * DAY_S
            text = REPORT.format(number % 10, number, begin, begin + DAY_S - 1, rows)
            Path(folder, f"{number}.xml.gz").write_bytes(gzip.compress(text.encode()))
        began = time.perf_counter()
        command = (sys.executable, "-m", "mailproof", "dmarc", "reports", folder, "--offline")
        done = subprocess.run(  # noqa: S603 -- our own command
            command, check=False, capture_output=True, text=True
        )
        took_s = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(done.stdout.splitlines()[-1] if done.stdout else done.stderr)
    print(
        f"{took_s:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of processor time, {used.ru_maxrss // 1024} MB at most"
    )


if __name__ == "__main__":
    main()
