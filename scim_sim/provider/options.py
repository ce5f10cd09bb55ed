"""What a correct provider is free to choose; every combination of these is within the RFCs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """Features that are announced in ServiceProviderConfig, and choices that RFC 7644 leaves to the provider."""

    patch: bool = True
    bulk: bool = True
    filter: bool = True
    sort: bool = True
    etag: bool = True
    change_password: bool = True
    search: bool = True
    root_query: bool = True
    put: bool = True
    delete_users: bool = True
    cursor: bool = False
    index: bool = True
    default_paging: str = "index"
    cursor_seconds: int = 3600
    discovery: bool = True
    public_configuration: bool = True
    max_results: int = 200
    page_size: int = 200
    refuse_large_lists: bool = False
    bulk_operations: int = 1000
    bulk_bytes: int = 1_048_576
    patch_users_body: bool = True
    patch_groups_body: bool = False
    etag_strong: bool = False
    media_type: str = "application/scim+json"
    locations: str = "absolute"
    create_returns_body: bool = True
    empty_members: bool = True
    empty_groups: bool = False
    empty_resources: bool = True
    null_for_unassigned: bool = False
    put_keeps_omitted: bool = False
    unknown_attributes: str = "ignore"
    unknown_members: str = "refuse"
    string_booleans: str = "convert"
    single_for_list: str = "convert"
    two_primaries: str = "refuse"
    country_codes: bool = True
    schemas_required: bool = True
    unique_group_names: bool = True
    member_details: bool = True
    value_list_removal: str = "listed"
    replace_creates: str = "canonical"
    manager_as_string: str = "convert"
    me: str = ""
    me_user: str = ""
    ids: str = "uuid"
    realm: str = "scim-sim"
    refuse_html: bool = False
