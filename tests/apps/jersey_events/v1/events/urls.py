"""The addresses of the site."""

from django.contrib import admin
from django.urls import include, path

from accounts import api, views

urlpatterns = [
    path("", views.home, name="home"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/health", api.health),
    path("api/artists", api.artists),
    path("api/artists/count", api.count),
]
