"""Every model that can be opened now, under the name that stands in links: offers, hub, folders, architectures."""

from cachetools import LRUCache, cached

from explorer.errors import ExplorerError
from explorer.models.families import FAMILIES
from explorer.models.heads import head_of
from explorer.models.registry import offers
from explorer.models.sites import sites
from explorer.models.spec import ModelSpec
from explorer.models.strangers import folders
from explorer.models.strangers.checks import check_weights, read_config
from explorer.models.strangers.hub import store
from explorer.models.tokenizer import require_files

HUB, FOLDER = "hub:", "folder:"


def menu() -> dict[str, ModelSpec]:
    """Name → request. A link holds one of these names, and nothing that is not here is ever opened by one."""
    found = offers()
    found |= {hub_name(spec): spec for spec in (there.spec for there in store.stored())}
    found |= {f"{FOLDER}{name}": spec for name, (spec, _) in in_folders().items() if spec is not None}
    return {**found, **FAMILIES}


def hub_name(spec: ModelSpec) -> str:
    """`hub:organisation/name@` and the first twelve digits of the commit."""
    return f"{HUB}{spec.source}@{(spec.revision or '')[:12]}"


def in_folders() -> dict[str, tuple[ModelSpec | None, ExplorerError | None]]:
    """The models of the operator's folder: the request, or the reason why there is none."""
    return {
        name: (None, found) if isinstance(found, ExplorerError) else _in_folder(name, folders.fingerprint(found))
        for name, found in folders.survey().items()
    }


@cached(LRUCache(maxsize=folders.MAX_FOLDERS))
def _in_folder(name: str, revision: str) -> tuple[ModelSpec | None, ExplorerError | None]:
    """Read once as long as the folder's files stay as they are."""
    try:
        folder = folders.folder_of(name)
        config = read_config(folder)
        sites(config.model_type)
        names = [path.name for path in folder.iterdir()]
        check_weights(names, config)
        require_files(folder)
        return ModelSpec("folder", name, revision=revision, head=head_of(config)), None
    except ExplorerError as error:
        return None, error
