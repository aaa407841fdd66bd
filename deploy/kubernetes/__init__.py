"""The platform on Kubernetes, with Strimzi and CloudNativePG."""
