"""WebProperties: the settings below `web`, each with its default and a sentence."""

from pydantic import Field

from pyboot.boot import ConfigurationProperties
from pyboot.netty.properties import Settings


class OpenApiProperties(Settings):
    """`web.openapi`: the document that describes the controllers' routes, and the pages that show it."""

    enabled: bool = Field(default=True, description="Whether the document and its pages are served. Default true.")
    title: str | None = Field(default=None, min_length=1, description="Its title. Default: the application's name.")
    version: str = Field(default="0.1.0", description="The version that it tells. Default 0.1.0.")
    description: str = Field(default="", description="A text in Markdown. Default: none.")
    path: str = Field(default="/openapi.json", pattern="^/", description="Where the document is. Default /openapi.json.")
    docs_path: str = Field(default="/docs", pattern="^(/|$)", description="Where the Swagger page is; empty: nowhere. Default /docs.")
    redoc_path: str = Field(default="/redoc", pattern="^(/|$)", description="Where the ReDoc page is; empty: nowhere. Default /redoc.")


@ConfigurationProperties("web")
class WebProperties(Settings):
    """The settings below `web`, of the application that controllers make."""

    openapi: OpenApiProperties = Field(default_factory=OpenApiProperties.model_construct, description="The description of the routes.")
    problem_details: bool = Field(
        default=True, description="Whether errors are answered as application/problem+json (RFC 9457). Default true; false: FastAPI's form."
    )
