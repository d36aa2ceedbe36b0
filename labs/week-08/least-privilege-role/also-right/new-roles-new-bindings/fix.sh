kubectl delete rolebinding developer-binding operator-binding security-binding launch-team dashboard-for-everyone
kubectl delete role developer operator security
kubectl delete rolebinding launch-team -n "$STAGING"
kubectl delete clusterrolebinding "$SHOP_NODES"
