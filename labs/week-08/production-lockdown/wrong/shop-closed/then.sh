kubectl scale deployment frontend api db --replicas=0
