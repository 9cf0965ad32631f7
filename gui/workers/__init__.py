"""Everything slow, done in other processes: jobs go out, files that can be mapped come back. No module here but
`service` knows Qt.
"""
