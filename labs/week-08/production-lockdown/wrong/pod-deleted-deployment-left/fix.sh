kubectl delete pod -l app=metrics-helper
kubectl rollout status deployment/metrics-helper --timeout=20s
kubectl delete rolebinding metrics-helper pipeline-fix developer-oncall
kubectl delete rolebinding loadtest-reports -n "$STAGING"
kubectl delete role metrics-helper
