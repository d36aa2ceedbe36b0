# Without enforce-version, the rules are the cluster's own.
kubectl label --overwrite namespace "$PRODUCTION" pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/enforce-version-
