kubectl delete deployment metrics-helper
kubectl delete serviceaccount metrics-helper
kubectl delete rolebinding developer-oncall
