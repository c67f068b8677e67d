// A shared informer of client-go over all pods, to be measured beside ours. Prints one line of JSON.
//
//	go mod init bench && go get k8s.io/client-go@v0.36.0 && go build -o informer .
//	./informer KUBECONFIG json|protobuf [drop-managed-fields]
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	check(err)
	// Typed clients ask for protobuf unless told otherwise.
	config.AcceptContentTypes = "application/json"
	if os.Args[2] == "protobuf" {
		config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	}
	client, err := kubernetes.NewForConfig(config)
	check(err)
	// The connection, as everybody else has it before.
	_, err = client.Discovery().ServerVersion()
	check(err)

	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	if len(os.Args) > 3 {
		check(pods.SetTransform(func(object any) (any, error) {
			if pod, ok := object.(*corev1.Pod); ok {
				pod.ManagedFields = nil
			}
			return object, nil
		}))
	}
	var heard atomic.Int64
	handler, err := pods.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: func(any) { heard.Add(1) }})
	check(err)

	begun, before := time.Now(), processorMs()
	factory.Start(nil)
	for !handler.HasSynced() {
		time.Sleep(time.Millisecond)
	}
	result := map[string]any{
		"subject": "client-go",
		"frames":  heard.Load(),
		"syncMs":  time.Since(begun).Milliseconds(),
		"cpuMs":   processorMs() - before,
		"peakMiB": statusMiB("VmHWM"),
	}
	debug.FreeOSMemory()
	time.Sleep(120 * time.Millisecond)
	result["retainedMiB"] = statusMiB("VmRSS")
	check(json.NewEncoder(os.Stdout).Encode(result))
	runtime.KeepAlive(pods)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// processorMs is the time all threads have taken so far.
func processorMs() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return (syscall.TimevalToNsec(usage.Utime) + syscall.TimevalToNsec(usage.Stime)) / 1e6
}

// statusMiB reads one of the sizes in /proc/self/status.
func statusMiB(name string) int {
	status, err := os.ReadFile("/proc/self/status")
	check(err)
	for _, line := range strings.Split(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name+":" {
			kib, err := strconv.Atoi(fields[1])
			check(err)
			return kib / 1024
		}
	}
	return 0
}
