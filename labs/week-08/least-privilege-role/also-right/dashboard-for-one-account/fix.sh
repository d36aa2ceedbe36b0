kubectl delete rolebinding launch-team
kubectl delete rolebinding launch-team -n "$STAGING"
kubectl delete clusterrolebinding "$SHOP_NODES"
kubectl delete clusterrole "$SHOP_NODES"
kubectl create serviceaccount dashboard
kubectl patch rolebinding dashboard-for-everyone --type=merge \
  -p "{\"subjects\": [{\"kind\": \"ServiceAccount\", \"name\": \"dashboard\", \"namespace\": \"$PRODUCTION\"}]}"
