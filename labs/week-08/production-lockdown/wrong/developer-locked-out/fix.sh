kubectl delete deployment metrics-helper
kubectl delete rolebinding metrics-helper pipeline-fix developer-oncall
kubectl delete rolebinding loadtest-reports -n "$STAGING"
kubectl delete serviceaccount metrics-helper
kubectl delete role metrics-helper
