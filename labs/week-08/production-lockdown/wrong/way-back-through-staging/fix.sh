kubectl delete deployment metrics-helper
kubectl delete rolebinding metrics-helper pipeline-fix developer-oncall
kubectl delete serviceaccount metrics-helper
kubectl delete role metrics-helper
