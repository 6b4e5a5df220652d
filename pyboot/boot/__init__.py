"""The application framework: labels, container, settings, life cycle. It knows nothing of sockets."""

from .application import start
from .blueprint import Blueprint, prepare
from .config.bind.values import DataSize, Duration
from .config.environment import Environment
from .container.context import ApplicationContext
from .container.scopes import ScopeStore
from .diagnostics.analysis import FailureAnalysis
from .discovery.condition import (
    Condition,
    ConditionalOnBean,
    ConditionalOnClass,
    ConditionalOnExpression,
    ConditionalOnMissingBean,
    ConditionalOnMissingClass,
    ConditionalOnProperty,
    ConditionalOnResource,
    ConditionalOnSingleCandidate,
    Outcome,
    Profile,
)
from .discovery.locate import resolve_application
from .errors import BootError
from .lifecycle.availability import ApplicationAvailability, AvailabilityChangeEvent, LivenessState, ReadinessState
from .lifecycle.events import (
    ApplicationDrainingEvent,
    ApplicationEvent,
    ApplicationFailedEvent,
    ApplicationReadyEvent,
    ApplicationStartedEvent,
    ContextClosedEvent,
    ContextRefreshedEvent,
)
from .lifecycle.phases import Lifecycle, Phase
from .lifecycle.reload import EnvironmentChangedEvent, SettingsReloader
from .lifecycle.runners import ApplicationArguments, ApplicationRunner
from .lifecycle.shutdown import Shutdown
from .lifecycle.tasks import TaskExecutor
from .model.bean import Bean, DependsOn, Order, PostConstruct, PreDestroy, Primary
from .model.definition import BeanDefinition
from .model.injection import Lazy, Provider, Qualifier, Value
from .model.interception import BeanPostProcessor, Interceptor
from .model.label import Label, Place, label, labels
from .model.registrar import BeanRegistrar
from .model.scope import Scope
from .model.stereotype import (
    AutoConfiguration,
    Component,
    Configuration,
    ConfigurationProperties,
    Import,
    PyBootApplication,
    Repository,
    Service,
)
from .model.task import Async, EventListener, Scheduled
from .model.timeline import StartupTimeline
from .process import run

__all__ = [
    "ApplicationArguments",
    "ApplicationAvailability",
    "ApplicationContext",
    "ApplicationDrainingEvent",
    "ApplicationEvent",
    "ApplicationFailedEvent",
    "ApplicationReadyEvent",
    "ApplicationRunner",
    "ApplicationStartedEvent",
    "Async",
    "AutoConfiguration",
    "AvailabilityChangeEvent",
    "Bean",
    "BeanDefinition",
    "BeanPostProcessor",
    "BeanRegistrar",
    "Blueprint",
    "BootError",
    "Component",
    "Condition",
    "ConditionalOnBean",
    "ConditionalOnClass",
    "ConditionalOnExpression",
    "ConditionalOnMissingBean",
    "ConditionalOnMissingClass",
    "ConditionalOnProperty",
    "ConditionalOnResource",
    "ConditionalOnSingleCandidate",
    "Configuration",
    "ConfigurationProperties",
    "ContextClosedEvent",
    "ContextRefreshedEvent",
    "DataSize",
    "DependsOn",
    "Duration",
    "Environment",
    "EnvironmentChangedEvent",
    "EventListener",
    "FailureAnalysis",
    "Import",
    "Interceptor",
    "Label",
    "Lazy",
    "Lifecycle",
    "LivenessState",
    "Order",
    "Outcome",
    "Phase",
    "Place",
    "PostConstruct",
    "PreDestroy",
    "Primary",
    "Profile",
    "Provider",
    "PyBootApplication",
    "Qualifier",
    "ReadinessState",
    "Repository",
    "Scheduled",
    "Scope",
    "ScopeStore",
    "Service",
    "SettingsReloader",
    "Shutdown",
    "StartupTimeline",
    "TaskExecutor",
    "Value",
    "label",
    "labels",
    "prepare",
    "resolve_application",
    "run",
    "start",
]
