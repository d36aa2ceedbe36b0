kubectl scale deployment api --replicas=0
