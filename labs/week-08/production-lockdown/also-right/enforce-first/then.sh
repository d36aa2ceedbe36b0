kubectl scale deployment metrics-helper --replicas=0
kubectl delete deployment metrics-helper --wait
