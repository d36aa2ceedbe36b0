# A binding without subjects, and a ClusterRole without rules, give nothing.
kubectl patch rolebinding launch-team --type=merge -p '{"subjects": []}'
kubectl patch rolebinding dashboard-for-everyone --type=merge -p '{"subjects": []}'
kubectl patch rolebinding launch-team -n "$STAGING" --type=merge -p '{"subjects": []}'
kubectl patch clusterrole "$SHOP_NODES" --type=merge -p '{"rules": []}'
