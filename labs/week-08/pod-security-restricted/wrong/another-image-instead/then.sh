# An image that runs as somebody else is easily found; it just doesn't sell anything.
kubectl set image deployment/frontend frontend=nginxinc/nginx-unprivileged:1.29
