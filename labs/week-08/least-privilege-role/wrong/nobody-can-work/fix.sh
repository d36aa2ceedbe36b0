kubectl delete rolebinding launch-team dashboard-for-everyone
kubectl delete rolebinding launch-team -n "$STAGING"
kubectl delete clusterrolebinding "$SHOP_NODES"
kubectl delete rolebinding developer-binding operator-binding security-binding
