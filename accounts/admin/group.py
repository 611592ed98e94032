"""Groups of staff, and what each may do, in Danish: Django keeps the names of permissions in English."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.http import HttpRequest

from catalog.models import PriceTier
from catalog.staff_pages import ReadOnlyAdmin, StaffAdmin

_VERBS = {"view": "se", "add": "tilføje", "change": "rette", "delete": "slette"}
# What a page without a form asks for all the same: the office's buttons, and a new version of the terms.
_OF_BUTTONS = Q(codename="change_order") | Q(codename="add_termsofsale")


class PermissionField(forms.ModelMultipleChoiceField[Permission]):
    """Permissions to tick: `Bestillinger: se`."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Permission) -> str:
        """Name a permission by what it is about, and what may be done with it."""
        verb = obj.codename.partition("_")[0]
        model = obj.content_type.model_class()
        thing = str(model._meta.verbose_name_plural) if model else obj.content_type.model
        return f"{thing[0].upper()}{thing[1:]}: {_VERBS.get(verb, verb)}"


class GroupAdmin(StaffAdmin[Group]):
    """Groups with the permissions that have an effect here."""

    search_fields = ("name",)
    search_help_text = "Gruppens navn"
    ordering = ("name",)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer what opens a page or a button, in the order of the pages' names."""
        if db_field.name != "permissions":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        offered = Permission.objects.filter(self._has_effect()).select_related("content_type")
        order = ("content_type__app_label", "content_type__model", "codename")
        return PermissionField(
            queryset=offered.order_by(*order),
            required=False,
            label="Må",
            help_text="“Bestillinger: rette” giver kundecenterets knapper: markér som betalt, annullér, send igen.",
        )

    def _has_effect(self) -> Q:
        """Match permissions that a page of this site asks for."""
        effect = _OF_BUTTONS | self._of(PriceTier)
        for model, page in self.admin_site._registry.items():
            of_model = self._of(model)
            effect |= of_model & Q(codename__startswith="view_") if isinstance(page, ReadOnlyAdmin) else of_model
        return effect

    @staticmethod
    def _of(model: Any) -> Q:
        return Q(content_type__app_label=model._meta.app_label, content_type__model=model._meta.model_name)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Name the groups alone: what they may do goes with them, and Django tells of that in English."""
        _rows, _counts, lacking, protected = super().get_deleted_objects(objs, request)
        names = [str(group) for group in objs]
        return names, {"grupper": len(names)}, lacking, protected
