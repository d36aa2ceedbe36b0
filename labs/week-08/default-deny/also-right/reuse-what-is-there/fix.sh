# The policy that was left behind becomes the deny itself.
kubectl patch networkpolicy allow-all-temporary --type=merge -p '{"spec": {"ingress": null, "egress": null}}'
