"""The addresses of the site; docs/contract.md lists them."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("conversations.web.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
handler400 = "conversations.web.errors.bad_request"
handler403 = "conversations.web.errors.forbidden"
handler404 = "conversations.web.errors.not_found"
handler500 = "conversations.web.errors.server_error"
