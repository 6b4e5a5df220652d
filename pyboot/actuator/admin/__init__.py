"""The client of Spring Boot Admin: tells an admin server where the application is looked after. Source: ``spring-boot-admin-client``."""
