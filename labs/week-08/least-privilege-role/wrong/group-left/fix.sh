kubectl delete rolebinding launch-team
kubectl delete rolebinding launch-team -n "$STAGING"
kubectl delete clusterrolebinding "$SHOP_NODES"
