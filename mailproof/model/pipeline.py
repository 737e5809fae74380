"""Schema of `pipeline.yaml`: where the AWS pipeline lives and what it follows."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError

from mailproof.model import pages
from mailproof.model.environment_file import StrictModel
from mailproof.model.errors import EnvironmentFileError, InvalidValue, NoValue, Problem, describe
from mailproof.model.file_values import Account, Region, checked, text_schema
from mailproof.model.messages import format_key, validation_words, visible_keys
from mailproof.model.yaml_reader import Document, YamlError, read_yaml

CONNECTION = re.compile(
    r"arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[0-9a-f-]{36}"
)
REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)+")
BRANCH = re.compile(r"[\w./-]{1,255}")


def _matching(pattern: re.Pattern[str], what: str, todo: str) -> Any:
    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise InvalidValue(what, text, todo)
        return text

    return AfterValidator(checked(parse))


Connection = Annotated[
    str,
    _matching(CONNECTION, "is not the ARN of a connection", "copy it from Developer Tools, Settings, Connections"),
    text_schema("connection ARN", CONNECTION.pattern),
]
Repository = Annotated[
    str,
    _matching(REPOSITORY, "is not a repository", "write owner/name"),
    text_schema("repository", REPOSITORY.pattern),
]
Branch = Annotated[str, _matching(BRANCH, "is not a branch", "write its name"), text_schema("branch", BRANCH.pattern)]


class PipelineSettings(StrictModel):
    """The settings of the pipeline: where it lives and what it follows."""

    account: Account
    """The account of the pipeline: 12 digits in quotes."""
    region: Region
    """Its region."""
    connection: Connection
    """ARN of the connection to the repository's host, made and confirmed in the console."""
    repository: Repository
    """The repository: owner/name."""
    branch: Branch = "main"
    """The branch that is rolled out."""


def read_pipeline(path: str, text: str) -> PipelineSettings:
    """
    Read the text of a pipeline file.

    Raises:
        EnvironmentFileError: With everything that is wrong.
    """
    try:
        document = read_yaml(text)
    except YamlError as err:
        raise EnvironmentFileError([_refusal(path, err)]) from err
    if document.refused:
        raise EnvironmentFileError([_refusal(path, refused) for refused in document.refused])
    if not isinstance(document.data, dict):
        what = describe("is not a pipeline file", NoValue, f"{pages.ROLLOUT} shows one")
        raise EnvironmentFileError([Problem(path, None, "", what)])
    try:
        return PipelineSettings.model_validate(document.data)
    except ValidationError as err:
        found = err.errors(include_url=False)
        raise EnvironmentFileError([_problem(path, document, error) for error in found]) from err


def _refusal(path: str, err: YamlError) -> Problem:
    return Problem(path, err.line, format_key(err.path), str(err))


def _problem(path: str, document: Document, error: Any) -> Problem:
    keys = visible_keys(error["loc"])
    return Problem(path, document.line(keys), format_key(keys), validation_words(error, PipelineSettings))
