"""The addresses under /accounts/."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from accounts import sumup_views, views

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="home"), name="logout"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("sumup/connect/", sumup_views.connect, name="sumup-connect"),
    path("sumup/callback/", sumup_views.callback, name="sumup-callback"),
    path("verify/<uuid:token>/", views.verify_email, name="verify-email"),
]
