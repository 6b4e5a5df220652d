"""The same kinds of answers, by Django."""

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

settings.configure(DEBUG=False, SECRET_KEY="of a test", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[])


def hello(request: HttpRequest) -> HttpResponseBase:
    """Answer with what the request is."""
    return JsonResponse({"method": request.method, "path": request.path, "query": request.META["QUERY_STRING"]})


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponseBase:
    """Tell what a form holds."""
    content = request.FILES["file"].read()
    return HttpResponse(f"{request.POST['name']} {len(content)} {sum(content) % 997}")


@csrf_exempt
def length(request: HttpRequest) -> HttpResponseBase:
    """Tell how much content came."""
    return HttpResponse(str(len(request.read())))


def stream(request: HttpRequest) -> HttpResponseBase:
    """Send pieces."""
    return StreamingHttpResponse((f"piece {number}\n" for number in range(5)), content_type="text/plain")


def fails(request: HttpRequest) -> HttpResponseBase:
    """Raise."""
    raise ZeroDivisionError("of the application")


urlpatterns = [path("hello", hello), path("upload", upload), path("length", length), path("stream", stream), path("fails", fails)]
django.setup()
app = get_asgi_application()
wsgi = WSGIHandler()
