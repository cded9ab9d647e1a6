{{- define "usher.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "usher.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "usher.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "usher.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "usher.selectorLabels" -}}
app.kubernetes.io/name: {{ include "usher.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "usher.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{ include "usher.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "usher.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "usher.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* "true" with PostgreSQL, where nothing is kept in a pod. */}}
{{- define "usher.isClustered" -}}
{{- if .Values.database.existingSecret -}}true{{- end -}}
{{- end -}}

{{/* One server alone has nobody whom a balancer could send newcomers to meanwhile. */}}
{{- define "usher.drainDelaySeconds" -}}
{{- if include "usher.isClustered" . -}}{{ .Values.drain.delaySeconds }}{{- else -}}0{{- end -}}
{{- end -}}

{{/* What cannot work is refused before it is installed. */}}
{{- define "usher.check" -}}
{{- if .Values.database.existingSecret -}}
{{- if not .Values.masterKey.existingSecret -}}
{{- fail "database.existingSecret needs masterKey.existingSecret: all servers of one database need the same master key" -}}
{{- end -}}
{{- if and (not .Values.redis.existingSecret) (or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1)) -}}
{{- fail "more than one server needs redis.existingSecret: without Redis each would serve its own clients alone" -}}
{{- end -}}
{{- else -}}
{{- if .Values.autoscaling.enabled -}}
{{- fail "autoscaling needs database.existingSecret and redis.existingSecret: the data of one server is on its volume" -}}
{{- end -}}
{{- if .Values.redis.existingSecret -}}
{{- fail "redis.existingSecret needs database.existingSecret: what several servers share is in PostgreSQL" -}}
{{- end -}}
{{- end -}}
{{- range $key, $_ := .Values.config -}}
{{- if has $key (list "host" "port" "ops_host" "ops_port" "data_dir" "drain_delay_seconds" "drain_seconds" "master_key" "database_url" "redis_url" "app") -}}
{{- fail (printf "config.%s is set by the chart, or is a secret: see the other values" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Text as it is; lists with commas; numbers and booleans as JSON has them, which has no 1e+06. */}}
{{- define "usher.text" -}}
{{- if kindIs "string" . -}}{{ . }}{{- else if kindIs "slice" . -}}{{ join "," . }}{{- else -}}{{ toJson . }}{{- end -}}
{{- end -}}

{{/* The pod, the same for one server and for many. */}}
{{- define "usher.pod" -}}
metadata:
  labels:
    {{- include "usher.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "usher.serviceAccountName" . }}
  automountServiceAccountToken: false
  # Kubernetes would set USHER_PORT to an address for a service named usher.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ add (include "usher.drainDelaySeconds" .) .Values.drain.seconds 15 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: usher
      {{- $image := .Values.image }}
      {{- if $image.digest }}
      image: {{ printf "%s@%s" $image.repository $image.digest | quote }}
      {{- else }}
      image: {{ printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) | quote }}
      {{- end }}
      imagePullPolicy: {{ $image.pullPolicy }}
      args: [serve]
      env:
        - name: USHER_HOST
          value: 0.0.0.0
        - name: USHER_OPS_HOST
          value: 0.0.0.0
        - name: USHER_PORT
          value: "6001"
        - name: USHER_OPS_PORT
          value: "9601"
        - name: USHER_DATA_DIR
          value: /data
        - name: USHER_DRAIN_DELAY_SECONDS
          value: {{ include "usher.drainDelaySeconds" . | quote }}
        - name: USHER_DRAIN_SECONDS
          value: {{ .Values.drain.seconds | quote }}
        {{- range $key, $value := .Values.config }}
        - name: {{ printf "USHER_%s" (upper $key) }}
          value: {{ include "usher.text" $value | quote }}
        {{- end }}
        {{- with .Values.database }}{{ if .existingSecret }}
        - name: USHER_DATABASE_URL
          valueFrom:
            secretKeyRef:
              name: {{ .existingSecret }}
              key: {{ .key }}
        {{- end }}{{ end }}
        {{- with .Values.redis }}{{ if .existingSecret }}
        - name: USHER_REDIS_URL
          valueFrom:
            secretKeyRef:
              name: {{ .existingSecret }}
              key: {{ .key }}
        {{- end }}{{ end }}
        {{- with .Values.masterKey }}{{ if .existingSecret }}
        - name: USHER_MASTER_KEY
          valueFrom:
            secretKeyRef:
              name: {{ .existingSecret }}
              key: {{ .key }}
        {{- end }}{{ end }}
        {{- with .Values.firstApp }}
        {{- if .existingSecret }}
        {{- $secret := .existingSecret }}
        {{- range $key := list "app_id" "app_key" "app_secret" }}
        - name: {{ printf "USHER_%s" (upper $key) }}
          valueFrom:
            secretKeyRef:
              name: {{ $secret }}
              key: {{ $key }}
        {{- end }}
        {{- end }}
        {{- with .settings }}
        - name: USHER_APP_SETTINGS
          value: {{ toJson . | quote }}
        {{- end }}
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: http
          containerPort: 6001
        - name: ops
          containerPort: 9601
      startupProbe:
        httpGet:
          path: /health/live
          port: ops
        periodSeconds: 1
        failureThreshold: 60
      livenessProbe:
        httpGet:
          path: /health/live
          port: ops
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      # What takes a server that stops out of the service, within drain.delaySeconds.
      readinessProbe:
        httpGet:
          path: /health/ready
          port: ops
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - name: data
          mountPath: /data
  {{- if include "usher.isClustered" . }}
  volumes:
    - name: data
      emptyDir:
        sizeLimit: 16Mi
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- if .Values.topologySpreadConstraints }}
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "usher.selectorLabels" . | nindent 10 }}
    {{- end }}
{{- end -}}
