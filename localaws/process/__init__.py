"""The process: ports, HTTP front, control paths, hooks into ministack, and its start from Python."""
