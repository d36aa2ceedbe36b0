kubectl patch deployment db --type=json -p '[{"op": "remove", "path": "/spec/template/spec/initContainers"}]'
