kubectl delete rolebinding launch-team dashboard-for-everyone
kubectl delete rolebinding launch-team -n "$STAGING"
