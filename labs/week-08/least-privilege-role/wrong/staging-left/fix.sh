kubectl delete rolebinding launch-team dashboard-for-everyone
kubectl delete clusterrolebinding "$SHOP_NODES"
