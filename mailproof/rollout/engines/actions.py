"""The actions that the workflow uses, each pinned to the commit of a release."""

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
SETUP_PYTHON = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97"
SETUP_NODE = "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020"
UPLOAD_ARTIFACT = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"
DOWNLOAD_ARTIFACT = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"
CONFIGURE_CREDENTIALS = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c"

RELEASES = {
    CHECKOUT: "v7.0.1",
    SETUP_PYTHON: "v7.0.0",
    SETUP_NODE: "v7.0.0",
    UPLOAD_ARTIFACT: "v7.0.0",
    DOWNLOAD_ARTIFACT: "v8.0.1",
    CONFIGURE_CREDENTIALS: "v6.2.3",
}
