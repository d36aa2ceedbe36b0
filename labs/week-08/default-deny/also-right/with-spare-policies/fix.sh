kubectl delete networkpolicy allow-all-temporary
