"""A model as the Hugging Face Hub publishes it: its config and the facts on its page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from generator.intake.origin import Origin, OriginError, as_config

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo


def from_hub(repository: str, endpoint: str, token: str | None, timeout_s: float) -> Origin:
    """The config at the head of a repository's main branch, with licence, creation month and parameter count.

    token : None takes the one that ``hf auth login`` stored, if any
    timeout_s : seconds that one request may take

    Raises OriginError where the repository can't be read: missing, gated, offline, too slow, too often asked,
    or without a usable config.json.
    """
    # Imported here: only this command needs it, and it is an extra.
    try:
        from huggingface_hub import HfApi, get_session, hf_hub_url
        from huggingface_hub.utils import build_hf_headers, hf_raise_for_status  # type: ignore[attr-defined]
    except ImportError as error:
        message = "the Hub is read with huggingface_hub, which isn't installed: pip install 'vram-atlas[hub]'"
        raise OriginError(message) from error
    with _told_plainly(repository, endpoint):
        info = HfApi(endpoint=endpoint, token=token).model_info(repository, timeout=timeout_s)
        url = hf_hub_url(repository, "config.json", revision=info.sha, endpoint=endpoint)
        response = get_session().get(url, headers=build_hf_headers(token=token), timeout=timeout_s)
        hf_raise_for_status(response)
        config = response.json()
    return _origin(repository, info, as_config(config, f"config.json of {repository}"))


def _origin(repository: str, info: ModelInfo, config: dict[str, Any]) -> Origin:
    card = vars(info.card_data) if info.card_data else {}
    license_name = card.get("license")
    if license_name in (None, "other"):
        license_name = card.get("license_name") or license_name
    # A quantized checkpoint counts packed integers, not parameters.
    whole = info.safetensors is not None and "quantization_config" not in config
    return Origin(
        config=config,
        name=repository.split("/")[1].replace("-", " ").replace("_", " "),
        repository=repository,
        license=license_name if isinstance(license_name, str) else None,
        license_url=card.get("license_link"),
        release=info.created_at.strftime("%Y-%m") if info.created_at else None,
        parameters=info.safetensors.total if whole and info.safetensors else None,
        sources=(
            f"Hugging Face: config.json of {repository}@{info.sha}",
            f"Hugging Face: page of {repository}@{info.sha}: licence, creation month, parameter count",
        ),
    )


@contextmanager
def _told_plainly(repository: str, endpoint: str) -> Iterator[None]:
    """Every way to fail as an OriginError that says what to do."""
    from httpx2 import HTTPError, TimeoutException
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    try:
        yield
    except GatedRepoError as error:
        message = (
            f"is gated: accept its licence at {endpoint}/{repository}, then set HF_TOKEN to a token that may read it"
        )
        raise OriginError(f"{repository}: {message}") from error
    except RepositoryNotFoundError as error:
        message = f"doesn't exist at {endpoint}, or is private: check the spelling, or set HF_TOKEN"
        raise OriginError(f"{repository}: {message}") from error
    except EntryNotFoundError as error:
        message = "has no config.json: give a config.json or a GGUF file instead"
        raise OriginError(f"{repository}: {message}") from error
    except OfflineModeIsEnabled as error:
        message = "can't be asked, HF_HUB_OFFLINE is set: unset it, or give a local config.json"
        raise OriginError(f"{repository}: {message}") from error
    except HFValidationError as error:
        raise OriginError(f"{repository}: is no repository name; write OWNER/NAME") from error
    except HfHubHTTPError as error:
        raise OriginError(
            f"{repository}: {_status(error.response.status_code, error.response.headers, endpoint)}"
        ) from error
    except TimeoutException as error:
        message = (
            f"{endpoint} gave no answer in time: try again, allow longer with --timeout, or give a local config.json"
        )
        raise OriginError(f"{repository}: {message}") from error
    except HTTPError as error:
        message = (
            f"{endpoint} can't be reached ({error}): check the network and HF_ENDPOINT, or give a local config.json"
        )
        raise OriginError(f"{repository}: {message}") from error
    except ValueError as error:
        raise OriginError(f"{repository}: {endpoint} answered with something that is not JSON ({error})") from error


def _status(code: int, headers: Any, endpoint: str) -> str:
    if code == 429:
        wait = headers.get("Retry-After")
        return f"{endpoint} asks to wait{f' {wait} s' if wait else ''} (rate limit): try again later, or set HF_TOKEN"
    if code in (401, 403):
        return f"{endpoint} refuses the token (status {code}): set HF_TOKEN to one that may read this repository"
    return f"{endpoint} answered with status {code}: try again later, or give a local config.json"
