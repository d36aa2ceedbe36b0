kubectl delete deployment metrics-helper
kubectl delete networkpolicy api-from-shop
kubectl patch rolebinding metrics-helper --type=merge -p '{"subjects": []}'
kubectl patch rolebinding loadtest-reports -n "$STAGING" --type=merge -p '{"subjects": []}'
kubectl delete rolebinding pipeline-fix developer-oncall developer-binding
kubectl delete role developer
