"""
Peer: checkdmarc on the domains of a fleet, as its own command runs it, against one DNS server.

N     domains
PORT  of the DNS server on 127.0.0.1

Its command takes no port, so that its function is called. Fails unless every SPF and DMARC record was found right.
"""

import os
import sys

from checkdmarc import check_domains
from dns.nameserver import Do53Nameserver

names = [f"d{number:05}.example" for number in range(int(os.environ["N"]))]
results = check_domains(names, nameservers=[Do53Nameserver("127.0.0.1", int(os.environ["PORT"]))])
right = [result["domain"] for result in results if result["spf"]["valid"] and result["dmarc"]["valid"]]
if right != names:
    sys.exit(f"{len(right)} of {len(names)} domains are right")
